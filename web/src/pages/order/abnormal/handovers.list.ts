import { defineList } from '@/parts/list/listPage'
import { detailOf } from '@/parts/value/links'

/** What car parks were told of charges. */
export const handovers = defineList({
  page: 'device.station',
  list: '/parking-handovers',
  key: 'order_no',
  detail: ({ order_no }) => detailOf('order.charge', order_no),
  columns: [
    'order_no',
    'state',
    'plate',
    'failures',
    'next_at',
    { field: 'note', width: 240 },
    'created_at',
  ],
  more: ['rule_id'],
  empty: [
    '没有停车减免。给站点配置停车规则后，充完电会通知停车场',
    'No car park was told of a charge. Give a station a parking rule first',
  ],
  mark: ({ state }) => (state === 'failed' ? 'danger' : undefined),
  actions: [
    {
      operation: 'POST /parking-handovers/{order_no}/retry',
      label: ['重新通知', 'Tell again'],
      when: ({ state }) => state === 'failed',
    },
  ],
})
