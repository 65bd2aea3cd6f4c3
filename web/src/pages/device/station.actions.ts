import type { Action } from '@/parts/act/action'
import { pick } from '@/parts/form/fields'
import type { Words } from '@/words/words'
import { valuesOf, writtenOf, type Station } from './station/fields'

const USUAL = 50
const CLOSED = 5
const MAINTAINED = 6

const turned = (
  status: number,
  label: Words,
  when: (station: Station) => boolean,
  consequence?: (station: Station) => Words,
): Action<Station> => ({
  operation: 'PUT /stations/{station_id}',
  label,
  when,
  consequence,
  danger: consequence !== undefined,
  body: (_, station) => ({
    ...writtenOf(valuesOf(station), station),
    station_status: status,
  }),
})

export const publish = turned(
  USUAL,
  ['发布', 'Publish'],
  ({ station_status }) => station_status !== USUAL,
)
const maintain = turned(
  MAINTAINED,
  ['转维护', 'Maintain'],
  ({ station_status }) => station_status === USUAL,
  ({ name }) => [
    `${name} 将显示为维护中，用户不再能找到它`,
    `${name} is shown as under maintenance: drivers do not find it`,
  ],
)
const close = turned(
  CLOSED,
  ['关闭', 'Close'],
  ({ station_status }) => station_status !== CLOSED,
  ({ name }) => [
    `${name} 将对用户下架；进行中的订单会正常结束，设备本身不停用`,
    `${name} is not shown to drivers any more; what charges goes on, its devices stay in service`,
  ],
)

export const bindDevices: Action<Station> = {
  operation: 'POST /stations/{station_id}/devices',
  label: ['加入设备', 'Add devices'],
  fields: [
    pick(
      'phy_ids',
      { list: '/devices', value: 'device_phy_id', text: ['device_phy_id', 'name'] },
      { required: true, many: true, label: ['设备', 'Devices'] },
    ),
  ],
  initial: () => ({}),
  consequence: ({ name }) => [
    `所选设备将移入 ${name}，之后的订单按该站计费、分账`,
    `They stand in ${name} from then on: its prices and shares apply to new orders`,
  ],
  done: (answer) => {
    const { bound } = answer as { bound: number }
    return [`已加入 ${bound} 台设备`, `${bound} devices were added`]
  },
}

export const stationActions: readonly Action<Station>[] = [publish, bindDevices, maintain, close]
