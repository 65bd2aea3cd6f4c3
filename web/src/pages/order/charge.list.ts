import { defineList } from '@/parts/list/listPage'
import { orderActions, startTest } from './charge.actions'
import { orderColumns } from './charge/columns'
import { markOf } from './charge/flags'

export const orders = defineList({
  page: 'order.charge',
  list: '/orders',
  key: 'order_no',
  detail: true,
  live: ['orders'],
  filters: [
    'order_no',
    'phone',
    'status',
    'station_id',
    'from',
    'phy_id',
    'port_no',
    'source',
    'pay_status',
    'abnormal',
    'provisional',
    'card_no',
    'member_id',
    'owner_org_id',
    'area_code',
  ],
  ...orderColumns,
  create: [startTest],
  actions: orderActions,
  mark: markOf,
  empty: [
    '还没有充电订单。设备上线并绑定计费模型后，用户扫码、刷卡或第三方平台下单都会出现在这里',
    'No orders yet. They appear once a device is online with a tariff and somebody charges',
  ],
})

/** The orders of somebody or something, on its own page. */
export const chargesOf = { ...orders, create: [], filters: ['status', 'station_id', 'from'] }
