import type { AnyRow } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { flag, number } from '@/parts/form/fields'
import { service, startTestHere, stopHere } from './charge.actions'
import { general, told } from './commands'

const here = ({ port_no }: AnyRow) => ({ port_no: Number(port_no) })
export const queryPort = told({
  operation: 'POST /devices/{phy_id}/query',
  label: ['召测', 'Query'],
  body: (_, row) => here(row),
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
  stopHere,
  startTestHere,
  queryPort,
  service(true),
  service(false),
  limitPort,
  moveLock,
]
