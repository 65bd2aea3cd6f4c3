import type { Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { choice, long, reason } from '@/parts/form/fields'
import { valueLabel } from '@/words/labels'
import { locale, type Words } from '@/words/words'

export type Alarm = Answer<'GET /alarms/{alarm_id}'>

const OVER = ['auto_recovered', 'resolved', 'closed']
const isOver = ({ state }: Alarm) => OVER.includes(state)
const byId = ({ id }: Alarm) => ({ alarm_id: id })

/** What people call its cause, in their language. */
export const titleOf = ({ title, code }: { title: string; code: string }): string =>
  locale.value === 'zh' ? title : valueLabel('code', code)

/** Hours for which an alarm can be silenced. */
const HOURS = [1, 4, 12, 24, 72, 168, 720]

const onTopOf = (alarm: Alarm): Words => [
  `${titleOf(alarm)}（${alarm.object_id}）`,
  `“${titleOf(alarm)}” of ${alarm.object_id}`,
]

export const alarmActions: readonly Action<Alarm>[] = [
  {
    operation: 'POST /alarms/{alarm_id}/ack',
    label: ['接手', 'Take'],
    when: ({ state }) => state === 'open',
    params: byId,
    done: () => ['已接手，不再重复通知和升级', 'Yours now: it is not told again, nor taken higher'],
  },
  {
    operation: 'POST /alarms/{alarm_id}/ticket',
    label: ['转工单', 'To a ticket'],
    when: (alarm) => !isOver(alarm) && !alarm.ticket_id,
    params: byId,
    fields: [
      long('text', {
        hint: ['不填则用告警内容', 'The alarm’s own message when left empty'],
      }),
    ],
    initial: () => ({}),
    done: () => ['工单已建立', 'The ticket is written'],
  },
  {
    operation: 'POST /alarms/{alarm_id}/resolve',
    label: ['解决', 'Resolve'],
    when: (alarm) => !isOver(alarm),
    params: byId,
    consequence: (alarm) => [
      `${onTopOf(alarm)[0]}将标为已解决；原因若仍在，会重新告警`,
      `${onTopOf(alarm)[1]} is said to be mended; if its cause still stands it is raised anew`,
    ],
    fields: [long('note', { required: true, label: ['处理说明', 'What was done'] })],
    initial: () => ({}),
  },
  {
    operation: 'POST /alarm-mutes',
    label: ['静音', 'Mute'],
    when: (alarm) => !isOver(alarm),
    params: () => ({}),
    consequence: (alarm) => [
      `静音期间${onTopOf(alarm)[0]}仍然存在，但不会通知任何人`,
      `${onTopOf(alarm)[1]} stands, but nobody is told of it`,
    ],
    fields: [
      choice('hours', HOURS, {
        required: true,
        label: ['静音时长（小时）', 'For how many hours'],
      }),
      reason,
    ],
    initial: () => ({ hours: 4 }),
    body: ({ hours, reason }, { id }) => ({
      alarm_id: id,
      ends_at: Math.floor(Date.now() / 1000) + Number(hours) * 3600,
      reason,
    }),
  },
]
