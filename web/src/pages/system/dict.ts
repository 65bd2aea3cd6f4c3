import { long, text } from '@/parts/form/fields'
import { listPage } from '@/parts/list/listPage'
import { actions } from './dict.actions'

export default listPage({
  page: 'system.dict',
  list: '/dicts',
  key: 'code',
  detail: true,
  columns: ['code', 'name', { field: 'remark', width: 260 }, 'updated_by', 'updated_at'],
  actions,
  create: [
    {
      operation: 'POST /dicts',
      label: ['新建字典', 'New dictionary'],
      fields: [
        text('code', {
          required: true,
          hint: ['1 至 32 位小写字母、数字、_', '1 to 32 small letters, digits, _'],
        }),
        text('name', { required: true }),
        long('remark'),
      ],
    },
  ],
  empty: ['还没有字典', 'No dictionaries yet'],
})
