import type { AnyRow, ListPath, Operation } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { choice, pick } from '@/parts/form/fields'
import type { Words } from '@/words/words'
import { phyIdOf, portsOf } from './commands'

/** Where prices apply: a station, a device or one of its ports, by what a row tells. */
const placeOf = (row: AnyRow) =>
  phyIdOf(row) ? { device_phy_id: phyIdOf(row) } : { station_id: Number(row.station_id) }

function bound(
  operation: Operation,
  name: string,
  list: ListPath,
  label: Words,
  what: Words,
): Action {
  return {
    operation,
    label,
    initial: () => ({}),
    fields: (row) => [
      pick(
        name,
        { list, value: 'id', text: ['name'] },
        {
          label: what,
          hint: [
            '只有审核通过的版本才会生效；留空表示解除绑定',
            'Only approved versions apply; empty takes the present one away',
          ],
        },
      ),
      ...(phyIdOf(row)
        ? [
            choice('port_no', portsOf(row), {
              hint: ['不选表示整台设备', 'None means the whole device'],
            }),
          ]
        : []),
    ],
    body: (values, row) => ({ ...placeOf(row), [name]: null, ...values }),
    consequence: () => [
      '新订单按新价格计费，进行中的订单保持原价',
      'New orders pay the new prices; running ones keep theirs',
    ],
  }
}

export const bindTariff = bound(
  'PUT /tariffs/bindings',
  'tariff_id',
  '/tariffs',
  ['绑定计费模型', 'Bind a tariff'],
  ['计费模型', 'Tariff'],
)
export const bindEbikePlan = bound(
  'PUT /ebike-plans/bindings',
  'id',
  '/ebike-plans',
  ['绑定电单车套餐', 'Bind an e-bike plan'],
  ['电单车套餐', 'E-bike plan'],
)
export const bindOccupancyRule = bound(
  'PUT /occupancy-rules/bindings',
  'id',
  '/occupancy-rules',
  ['绑定占位费规则', 'Bind an occupancy rule'],
  ['占位费规则', 'Occupancy rule'],
)
