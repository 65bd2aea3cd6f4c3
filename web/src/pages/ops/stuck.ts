import { proposed } from '@/parts/act/proposed'
import { reason } from '@/parts/form/fields'
import { listPage } from '@/parts/list/listPage'
import { duration } from '@/parts/value/format'

export default listPage({
  page: 'ops.stuck',
  list: '/ops/stuck-orders',
  key: 'order_no',
  live: ['orders'],
  detail: ({ order_no }) => `/order/charge/${order_no}`,
  columns: [
    'order_no',
    'status',
    'phy_id',
    'port_no',
    'online',
    'silent_s',
    'evidence_at',
    'next_at',
    'station_id',
  ],
  mark: ({ silent_s }) => (silent_s > 900 ? 'danger' : 'warning'),
  actions: [
    {
      operation: 'POST /ops/stuck-orders/{order_no}/fix',
      label: ['立即处理', 'Do what is due'],
      consequence: ({ phy_id, port_no, silent_s, online }) => [
        `设备 ${phy_id} 端口 ${port_no} 已 ${duration(silent_s)} 没有消息（${online ? '在线' : '离线'}）。会先询问设备，再做此刻规则规定的事（如按最后数据结算）`,
        `Port ${port_no} of ${phy_id} has been silent for ${duration(silent_s)} (${online ? 'online' : 'offline'}). The device is asked, and what the rules say now is done, such as billing on the last values`,
      ],
    },
    {
      operation: 'POST /orders/{order_no}/finish',
      label: ['强制结束', 'Force to end'],
      danger: true,
      consequence: ({ order_no, silent_s }) => [
        `订单 ${order_no} 将按 ${duration(silent_s)} 前的最后数据结算扣费；须另一人复核后生效`,
        `${order_no} is billed on its values of ${duration(silent_s)} ago, once a second person has confirmed it`,
      ],
      fields: [reason],
      done: proposed,
    },
  ],
  empty: ['没有卡住的订单', 'No order is stuck'],
})
