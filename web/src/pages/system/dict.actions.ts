import type { Answer, Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { flag, long, number, text, type Field } from '@/parts/form/fields'

export type Dict = Row<'/dicts'>
export type Entry = Answer<'GET /dicts/{dict_code}'>['entries'][number]

const params = ({ code }: Dict) => ({ dict_code: code })

export const actions: readonly Action<Dict>[] = [
  {
    operation: 'PUT /dicts/{dict_code}',
    label: ['编辑', 'Edit'],
    params,
    fields: [text('name', { required: true }), long('remark')],
  },
  {
    operation: 'DELETE /dicts/{dict_code}',
    label: ['删除', 'Delete'],
    params,
    danger: true,
    consequence: ({ name }) => [
      `字典“${name}”和它的全部条目将被删除`,
      `The dictionary “${name}” goes with all of its entries`,
    ],
  },
]

const fields: readonly Field[] = [
  text('label', { required: true, label: ['显示文字', 'What people read'] }),
  number('sort', { initial: 0, hint: ['小的排在前面', 'Smaller ones come first'] }),
  flag('enabled', { initial: true }),
  long('remark'),
]

export const addEntry: Action = {
  operation: 'POST /dicts/{dict_code}/entries',
  label: ['新增条目', 'New entry'],
  fields: [
    text('value', {
      required: true,
      hint: ['程序使用，之后不能修改', 'For programs; never changes'],
    }),
    ...fields,
  ],
  initial: () => ({}),
}

export const entryActions: readonly Action<Entry>[] = [
  {
    operation: 'PUT /dict-entries/{entry_id}',
    label: ['编辑', 'Edit'],
    fields,
    body: (values, { value }) => ({ ...values, value }),
  },
  {
    operation: 'DELETE /dict-entries/{entry_id}',
    label: ['删除', 'Delete'],
    danger: true,
    consequence: ({ label }) => [`条目“${label}”将被删除`, `The entry “${label}” is taken away`],
  },
]
