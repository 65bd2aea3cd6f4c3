import { listPage } from '@/parts/list/listPage'

export default listPage({
  page: 'order.charge',
  list: '/orders',
  key: 'order_no',
  detail: true,
  live: ['orders'],
  columns: [
    'order_no',
    'status',
    'source',
    'member_phone',
    'station',
    'device_phy_id',
    'port_no',
    'total_kwh',
    'payable_fen',
    'pay_status',
    'created_at',
  ],
})
