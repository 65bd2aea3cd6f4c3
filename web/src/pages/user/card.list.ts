import { defineList } from '@/parts/list/listPage'
import { cardActions, newCard } from './card.actions'

export const cards = defineList({
  page: 'user.card',
  list: '/cards',
  key: 'card_no',
  detail: true,
  filters: ['card_no', 'status'],
  columns: [
    'card_no',
    'kind',
    'status',
    { field: 'holder', label: ['持卡人', 'Holder'] },
    { field: 'phone', width: 124 },
    'holder_member_id',
    'balance_fen',
    'last_used_at',
    'limit_fen',
    'daily_limit_fen',
    { field: 'valid_until', kind: 'time' },
    'created_at',
  ],
  more: [
    'physical_no',
    'company_id',
    'station_id',
    'daily_times',
    'offline',
    'has_password',
    'remark',
  ],
  create: [newCard],
  actions: cardActions,
  mark: ({ status }) => (status === 'lost' || status === 'blocked' ? 'warning' : undefined),
  empty: ['还没有卡片，点“登记卡片”添加', 'No cards yet: add one'],
})
