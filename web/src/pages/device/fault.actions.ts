import type { Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  choice,
  DEVICES,
  long,
  number,
  pick,
  station,
  text,
  type Field,
  type Source,
} from '@/parts/form/fields'

export type Ticket = Answer<'GET /fault-tickets/{ticket_id}'>

const STAFF: Source = {
  list: '/admins',
  value: 'username',
  text: ['real_name', 'username'],
  search: 'username',
}
const note = (required = false): Field => long('note', { label: ['说明', 'Note'], required })
const nothing = () => ({})

export const ticketActions: readonly Action<Ticket>[] = [
  {
    operation: 'POST /fault-tickets/{ticket_id}/assign',
    label: ['派单', 'Assign'],
    when: ({ state }) => state !== 'verified' && state !== 'done',
    fields: [pick('assignee', STAFF, { required: true })],
    done: (answer) => [
      `已派给 ${(answer as Ticket).assignee ?? ''}`,
      `Given to ${(answer as Ticket).assignee ?? ''}`,
    ],
  },
  {
    operation: 'POST /fault-tickets/{ticket_id}/move',
    label: ['开始处理', 'Begin'],
    when: ({ state }) => state === 'assigned' || state === 'reopened',
    fields: [note()],
    initial: nothing,
    body: (values) => ({ ...values, event: 'begin' }),
  },
  {
    operation: 'POST /fault-tickets/{ticket_id}/move',
    label: ['完成', 'Finish'],
    when: ({ state }) => state === 'doing',
    consequence: () => [
      '完成后由另一人验收，验收通过才关闭',
      'Somebody else then looks whether it is right, which closes it',
    ],
    fields: [note(true)],
    initial: nothing,
    body: (values) => ({ ...values, event: 'finish' }),
  },
  {
    operation: 'POST /fault-tickets/{ticket_id}/verify',
    label: ['验收通过', 'Verify'],
    when: ({ state }) => state === 'done',
    consequence: ({ title, alarm_id }) => [
      `工单“${title}”将关闭${alarm_id ? '，对应的告警一并解决' : ''}；不能验收自己做的工单`,
      `“${title}” is closed${alarm_id ? ', its alarm resolved with it' : ''}; nobody verifies their own work`,
    ],
    fields: [note()],
    initial: nothing,
  },
  {
    operation: 'POST /fault-tickets/{ticket_id}/move',
    label: ['重新打开', 'Reopen'],
    when: ({ state }) => state === 'done' || state === 'verified',
    fields: [note(true)],
    initial: nothing,
    body: (values) => ({ ...values, event: 'reopen' }),
  },
]

export const createTicket: Action = {
  operation: 'POST /fault-tickets',
  label: ['新建工单', 'New ticket'],
  fields: [
    text('title', { required: true, label: ['问题', 'What is wrong'] }),
    choice('level', ['critical', 'major', 'minor'], {
      required: true,
      hint: [
        '紧急 2 小时、严重 8 小时、一般 48 小时内完成',
        'Critical within 2 hours, major 8, minor 48',
      ],
    }),
    pick('phy_id', DEVICES),
    number('port_no', { min: 1, when: ({ phy_id }) => Boolean(phy_id) }),
    station({
      when: ({ phy_id }) => !phy_id,
      hint: ['不针对设备时选站点', 'If it is about no device'],
    }),
    long('text', { label: ['详细描述', 'The rest'] }),
  ],
  initial: (row) => ({ level: 'major', ...row }),
  done: (answer) => [
    `工单 ${(answer as Ticket).ticket_id} 已建立，请派单`,
    `Ticket ${(answer as Ticket).ticket_id} is written: give it to somebody`,
  ],
}
