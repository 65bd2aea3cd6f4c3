import { listPage } from '@/parts/list/listPage'
import { detailOf } from '@/parts/value/links'
import { say } from '@/words/words'
import { actions, create, type Coupon } from './coupon.actions'
import { worthText } from './coupon/worth'

export default listPage({
  page: 'marketing.coupon',
  list: '/coupons',
  key: 'coupon_id',
  detail: true,
  columns: [
    {
      field: 'terms',
      label: ['名称', 'Name'],
      text: ({ terms }) => terms.name,
      link: ({ coupon_id }: Coupon) => detailOf('marketing.coupon', coupon_id),
      width: 170,
    },
    {
      field: 'alloc',
      label: ['优惠', 'Worth'],
      text: ({ terms }) => worthText(terms),
      width: 220,
    },
    {
      field: 'stock',
      text: ({ stock }) => (stock == null ? say(['不限', 'No limit']) : String(stock)),
    },
    'granted',
    'used',
    'claimable',
    'funded_by',
    'disabled_at',
    'created_at',
  ],
  more: ['coupon_id', 'per_user', 'valid_days', 'valid_from', 'valid_until', 'created_by'],
  actions,
  create: [create],
  mark: ({ stock, disabled_at }) => (stock === 0 && !disabled_at ? 'warning' : undefined),
  empty: ['还没有优惠券，先新建一张', 'No coupons yet: make the first'],
})
