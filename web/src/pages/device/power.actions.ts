import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { number } from '@/parts/form/fields'
import { power } from '@/parts/value/format'

type Station = Row<'/power/stations'>

const KW = 1000

const setCapacity: Action<Station> = {
  operation: 'PUT /power/stations/{station_id}/capacity',
  label: ['设置容量', 'Set the capacity'],
  initial: ({ capacity_w }) => ({ capacity: capacity_w ? capacity_w / KW : undefined }),
  fields: [
    number('capacity', {
      min: 0.1,
      required: true,
      label: ['供电容量（kW）', 'Supply (kW)'],
      hint: ['达到 90% 时开始告警', 'Alarms begin at 90 % of it'],
    }),
    number('reserve', {
      min: 0,
      label: ['预留给其他用电（kW）', 'Kept for other uses (kW)'],
    }),
    number('start', {
      min: 0.1,
      label: ['新充电预计功率（kW）', 'What a start is taken to need (kW)'],
      hint: ['留空按 3.5 kW', 'Empty: 3.5 kW'],
    }),
  ],
  body: ({ capacity, reserve, start }) => ({
    capacity_w: Math.round(Number(capacity) * KW),
    reserve_w: Math.round(Number(reserve ?? 0) * KW),
    start_w: start === undefined ? undefined : Math.round(Number(start) * KW),
  }),
}

const balance = (enabled: boolean): Action<Station> => ({
  operation: 'PUT /power/stations/{station_id}/balancing',
  label: enabled ? ['开启负荷均衡', 'Balance the load'] : ['关闭负荷均衡', 'Stop balancing'],
  when: ({ balancing, capacity_w }) => balancing !== enabled && (!enabled || capacity_w != null),
  body: () => ({ enabled }),
  danger: !enabled,
  consequence: ({ name, capacity_w, orders }) =>
    enabled
      ? [
          `${name} 的设备将在 ${power(capacity_w ?? 0)} 内自动限功率；没有余量时拒绝新充电。现有 ${orders} 个订单会被重新分配`,
          `Devices of ${name} are limited within ${power(capacity_w ?? 0)}; starts are refused where there is no room. ${orders} orders are shared anew`,
        ]
      : [
          `${name} 的设备恢复满功率，${orders} 个进行中的订单可能超出供电容量`,
          `Devices of ${name} draw what they can: ${orders} orders may exceed the supply`,
        ],
})

/** What a station may draw. */
export const stationPowerActions = [
  setCapacity,
  balance(true),
  balance(false),
] as unknown as readonly Action[]

/** How a device takes part; a row tells `phy_id`. */
export const setShare: Action = {
  operation: 'PUT /power/devices/{phy_id}/share',
  label: ['均衡参数', 'Its share'],
  initial: () => ({}),
  fields: [
    number('weight', {
      min: 1,
      initial: 1,
      required: true,
      hint: ['权重越大，分到的剩余功率越多', 'A larger one is a larger share of what is left'],
    }),
    number('least_pct', {
      min: 1,
      max: 100,
      initial: 30,
      required: true,
      hint: ['限功率不低于额定的百分之几', 'Never limited below this share of its rating'],
    }),
  ],
}
