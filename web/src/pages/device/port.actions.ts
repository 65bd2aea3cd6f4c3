import type { AnyRow } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { flag, number } from '@/parts/form/fields'
import type { Words } from '@/words/words'
import { general, phyIdOf, told } from './commands'

const here = ({ port_no }: AnyRow) => ({ port_no: Number(port_no) })
const nameOf = (row: AnyRow) => `${phyIdOf(row)}-${row.port_no}`
const holds = ({ order_no }: AnyRow): Words =>
  order_no
    ? [`订单 ${order_no} 正占用它`, `order ${order_no} holds it`]
    : ['目前空闲', 'it is free']

export const queryPort = told({
  operation: 'POST /devices/{phy_id}/query',
  label: ['召测', 'Query'],
  body: (_, row) => here(row),
})

const disablePort = general('set_service', {
  label: ['停用', 'Disable'],
  when: ({ state }) => state !== 'disabled',
  body: (_, row) => ({ ...here(row), in_service: false }),
  danger: true,
  consequence: (row) => [
    `端口 ${nameOf(row)} 将不能再充电，直到再次启用；${holds(row)[0]}`,
    `Port ${nameOf(row)} does not charge until it is enabled again; ${holds(row)[1]}`,
  ],
})
const enablePort = general('set_service', {
  label: ['启用', 'Enable'],
  body: (_, row) => ({ ...here(row), in_service: true }),
})
const limitPort = general('set_power_limit', {
  label: ['限功率', 'Limit power'],
  fields: [
    number('percent', {
      min: 1,
      max: 100,
      required: true,
      initial: 100,
      label: ['额定功率的百分比', 'Per cent of its rating'],
    }),
  ],
  body: (values, row) => ({ ...values, ...here(row) }),
})
const moveLock = general('move_ground_lock', {
  label: ['地锁', 'Ground lock'],
  fields: [flag('raise', { label: ['升起（关闭表示降下）', 'Raise it (off: lower it)'] })],
  body: ({ raise }, row) => ({ ...here(row), raise }),
})

/** What can be done to a port; a row tells `phy_id` and `port_no`. */
export const portActions: readonly Action[] = [
  queryPort,
  enablePort,
  disablePort,
  limitPort,
  moveLock,
]
