import type { AnyRow } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { choice, number, reason } from '@/parts/form/fields'
import { nameOf, phyIdOf, portsOf } from './commands'

const MINUTE_S = 60
const place = (row: AnyRow) => ({ phy_id: phyIdOf(row), port_no: Number(row.port_no) })
const minutes = number('minutes', {
  min: 1,
  max: 120,
  initial: 5,
  required: true,
  label: ['最长时间（分钟）', 'At most (minutes)'],
})
const test: Omit<Action, 'fields' | 'body'> = {
  operation: 'POST /devices/{phy_id}/test-charge',
  label: ['启动试充', 'Start a test'],
  params: (row) => ({ phy_id: phyIdOf(row) }),
  initial: () => ({}),
  consequence: (row) => [
    `${nameOf(row)} 会真正送电，不向任何人收费；到时间自动停止`,
    `${nameOf(row)} really gives power, and nobody pays; it stops by itself when the time is over`,
  ],
  done: (answer) => {
    const { order_no } = answer as { order_no: string }
    return [`试充已启动，订单 ${order_no}`, `The test has begun: order ${order_no}`]
  },
}

/** A charge at a device that nobody pays for. */
export const startTest: Action = {
  ...test,
  when: ({ online }) => online === true,
  fields: (row) => [choice('port_no', portsOf(row), { required: true }), minutes],
  body: ({ port_no, minutes: most }) => ({ port_no, duration: Number(most) * MINUTE_S }),
}

const FREE = ['idle', 'plugged', 'unknown']

/** The same at a port. */
export const startTestHere: Action = {
  ...test,
  when: ({ state, online }) => online !== false && FREE.includes(String(state)),
  fields: [minutes],
  body: ({ minutes: most }, row) => ({
    port_no: Number(row.port_no),
    duration: Number(most) * MINUTE_S,
  }),
}

export const stopHere: Action = {
  operation: 'POST /devices/{phy_id}/ports/{port_no}/stop',
  label: ['停止充电', 'Stop'],
  danger: true,
  when: ({ order_no }) => Boolean(order_no),
  params: place,
  fields: [reason],
  consequence: ({ order_no }) => [
    `订单 ${String(order_no)} 将立即停止，已充的电照常计费`,
    `Order ${String(order_no)} stops now; what was charged is billed`,
  ],
}

/** A port in or out of service. */
export const service = (inService: boolean): Action => ({
  operation: 'PUT /devices/{phy_id}/ports/{port_no}/service',
  label: inService ? ['启用', 'Enable'] : ['停用', 'Disable'],
  when: ({ state }) => inService || state !== 'disabled',
  params: place,
  body: () => ({ in_service: inService }),
  ...(!inService && {
    danger: true,
    consequence: (row: AnyRow) =>
      [
        `端口 ${phyIdOf(row)}-${String(row.port_no)} 将不能再充电，直到再次启用`,
        `Port ${phyIdOf(row)}-${String(row.port_no)} does not charge until it is enabled again`,
      ] as const,
  }),
})
