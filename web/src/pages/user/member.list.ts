import { defineList } from '@/parts/list/listPage'
import { memberActions } from './member.actions'

export const members = defineList({
  page: 'user.member',
  list: '/members',
  key: 'id',
  detail: true,
  filters: ['phone', 'state', 'level', 'company_id', 'from', 'seen_from'],
  columns: [
    { field: 'id', label: ['编号', 'Id'], kind: 'text', width: 80 },
    { field: 'phone', width: 124 },
    'nickname',
    'state',
    { field: 'level', kind: 'number', width: 80 },
    'company',
    'cash_fen',
    'gift_fen',
    'points',
    'orders',
    { field: 'kwh', kind: 'kwh' },
    'registered_at',
    'last_visit_at',
  ],
  more: ['real_name', 'post_pay', 'remark', 'wx_openid'],
  actions: memberActions,
  mark: ({ state }) => (state === 'blacklisted' ? 'danger' : undefined),
  empty: [
    '还没有会员。用户在小程序里登录后自动成为会员',
    'No members yet. Whoever logs in with the app becomes one',
  ],
})
