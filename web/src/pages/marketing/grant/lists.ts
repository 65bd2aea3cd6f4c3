import type { Row } from '@/api/types'
import { COUPONS, MEMBERS, pick, reason } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'

export const grants = defineList({
  page: 'marketing.grant',
  list: '/coupon-grants',
  key: 'grant_id',
  columns: [
    { field: 'grant_id', label: ['编号', 'No.'], width: 90 },
    {
      field: 'coupon',
      link: ({ coupon_id }: Row<'/coupon-grants'>) => `/marketing/coupon/${coupon_id}`,
      width: 180,
    },
    'member_id',
    'state',
    'order_no',
    'granted_by',
    'valid_from',
    'valid_until',
    'created_at',
  ],
  actions: [
    {
      operation: 'POST /coupon-grants/{grant_id}/revoke',
      label: ['收回', 'Take back'],
      when: ({ state }) => state === 'unused',
      danger: true,
      fields: [reason],
      consequence: ({ coupon }) => [
        `会员将失去这张“${coupon}”，不能恢复`,
        `The member loses this “${coupon}”; it cannot be given back`,
      ],
    },
  ],
  create: [
    {
      operation: 'POST /coupon-grants',
      label: ['发给会员', 'Give to members'],
      fields: [
        pick('coupon_id', COUPONS, { required: true, label: ['优惠券', 'Coupon'] }),
        pick('members', MEMBERS, { required: true, many: true, label: ['会员', 'Members'] }),
      ],
    },
  ],
  empty: ['还没有发放过优惠券', 'No coupon has been given yet'],
})
