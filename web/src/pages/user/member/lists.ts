import { reason } from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'

/** Coupons in a member's hands. */
export const grants = defineList({
  page: 'marketing.grant',
  list: '/coupon-grants',
  key: 'grant_id',
  filters: ['state'],
  columns: ['coupon', 'state', 'valid_from', 'valid_until', 'order_no', 'granted_by', 'created_at'],
  empty: ['没有优惠券，可用“发券”发放', 'No coupons: give one above'],
  actions: [
    {
      operation: 'POST /coupon-grants/{grant_id}/revoke',
      label: ['收回', 'Take back'],
      danger: true,
      when: ({ state }) => state === 'unused',
      consequence: ({ coupon }) => [
        `会员不能再使用“${coupon}”`,
        `The member cannot use “${coupon}” any more`,
      ],
      fields: [reason],
    },
  ],
})

/** What happened to a member's points. */
export const points = defineList({
  page: 'user.member',
  list: '/members/{member_id}/points',
  key: 'at',
  columns: ['at', { field: 'reason', kind: 'tag' }, 'points', 'balance', 'biz_no'],
  empty: ['没有积分变动', 'No points have moved'],
})
