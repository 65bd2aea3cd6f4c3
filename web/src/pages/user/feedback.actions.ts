import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { long, text } from '@/parts/form/fields'

const reply = long('reply', {
  required: true,
  hint: [
    '会员在小程序里看到，1 到 500 字',
    'The member reads it in their app; 1 to 500 characters',
  ],
})
const note = long('note')

export const complaintActions: readonly Action<Row<'/complaints'>>[] = [
  {
    operation: 'POST /complaints/{complaint_id}/take',
    label: ['受理', 'Take'],
    when: ({ state }) => state === 'new',
  },
  {
    operation: 'POST /complaints/{complaint_id}/reply',
    label: ['回复', 'Reply'],
    when: ({ state }) => state !== 'closed',
    fields: [reply],
  },
  {
    operation: 'POST /complaints/{complaint_id}/close',
    label: ['关闭', 'Close'],
    when: ({ state }) => state === 'replied',
    consequence: () => ['关闭后不能再回复', 'A closed complaint cannot be answered any more'],
  },
]

type Fault = Row<'/fault-reports'>
const moved = (
  event: 'begin' | 'finish' | 'reopen',
  label: Action<Fault>['label'],
  states: readonly string[],
): Action<Fault> => ({
  operation: 'POST /fault-reports/{fault_id}/move',
  label,
  when: ({ state }) => states.includes(state),
  fields: [note],
  body: (values) => ({ ...values, event }),
})

export const faultActions: readonly Action<Fault>[] = [
  {
    operation: 'POST /fault-reports/{fault_id}/assign',
    label: ['派单', 'Assign'],
    when: ({ state }) => state !== 'verified',
    fields: [text('assignee', { required: true })],
  },
  moved('begin', ['开始处理', 'Begin'], ['assigned', 'reopened']),
  moved('finish', ['处理完成', 'Finish'], ['doing']),
  {
    operation: 'POST /fault-reports/{fault_id}/reply',
    label: ['回复', 'Reply'],
    fields: [reply],
  },
  {
    operation: 'POST /fault-reports/{fault_id}/verify',
    label: ['验收', 'Verify'],
    when: ({ state }) => state === 'done',
    consequence: () => [
      '验收人不能是处理人；验收后关闭',
      'Somebody else than who repaired it; the report is closed then',
    ],
    fields: [note],
  },
  moved('reopen', ['重新打开', 'Reopen'], ['done', 'verified']),
]
