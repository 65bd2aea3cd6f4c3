import type { Row } from '@/api/types'
import { proposed } from '@/parts/act/proposed'
import type { Action } from '@/parts/act/action'
import {
  COMPANIES,
  COUPONS,
  flag,
  long,
  money as yuan,
  number,
  pick,
  reason,
  text,
} from '@/parts/form/fields'
import { money } from '@/parts/value/format'

export type Member = Row<'/members'>
const params = ({ id }: { id: number }) => ({ member_id: id })
const remark = long('remark')

/** What can be done about a member. */
export const memberActions: readonly Action<Member>[] = [
  {
    operation: 'PUT /members/{member_id}',
    label: ['编辑', 'Edit'],
    params,
    consequence: ({ phone }) => [
      `会员 ${phone}：改等级、付款公司或后付费资格`,
      `${phone}: level, paying company, charging before paying`,
    ],
    fields: [
      number('level', { min: 0 }),
      pick('company_id', COMPANIES, {
        hint: ['由公司代付；清空则不改', 'The company that pays; left empty nothing changes'],
      }),
      flag('post_pay', { label: ['允许先充后付', 'May charge before paying'] }),
      remark,
    ],
  },
  {
    operation: 'POST /members/{member_id}/adjust-balance',
    label: ['调整余额', 'Correct the wallet'],
    params,
    consequence: ({ cash_fen, phone }) => [
      `${phone} 现有本金 ${money(cash_fen)}。填负数为扣减。需第二人复核后才入账。`,
      `${phone} has ${money(cash_fen)} of cash. Below nothing takes out. A second person has to confirm.`,
    ],
    initial: () => ({}),
    fields: [yuan('amount_fen', { required: true }), reason],
    done: proposed,
  },
  {
    operation: 'POST /members/{member_id}/coupons',
    label: ['发券', 'Give a coupon'],
    params,
    initial: () => ({}),
    fields: [pick('coupon_id', COUPONS, { required: true })],
  },
  {
    operation: 'POST /members/{member_id}/points',
    label: ['调整积分', 'Points'],
    params,
    consequence: ({ points }) => [
      `现有 ${points} 分，填负数为扣减`,
      `${points} now; below nothing takes them`,
    ],
    initial: () => ({}),
    fields: [number('points', { required: true }), text('reason', { required: true })],
    body: (values, { id }) => ({ ...values, key: `console:${id}:${Date.now()}` }),
  },
  {
    operation: 'POST /members/{member_id}/write-off',
    label: ['核销欠款', 'Write off'],
    params,
    consequence: ({ phone }) => [
      `${phone} 欠的这部分不再追收，计入损失。需第二人复核。`,
      `${phone} does not owe that any more; it is a loss. A second person has to confirm.`,
    ],
    initial: () => ({}),
    fields: [yuan('amount_fen', { required: true, min: 1 }), reason],
    done: proposed,
  },
  {
    operation: 'POST /members/{member_id}/freeze',
    label: ['冻结', 'Freeze'],
    danger: true,
    when: ({ state }) => state === 'normal',
    params,
    consequence: ({ phone, cash_fen }) => [
      `${phone} 立即退出登录，不能充电；钱包里的 ${money(cash_fen)} 保留`,
      `${phone} is logged out and cannot charge; the wallet keeps ${money(cash_fen)}`,
    ],
    initial: () => ({}),
    fields: [remark],
    body: (values) => ({ ...values, on: true }),
  },
  {
    operation: 'POST /members/{member_id}/freeze',
    label: ['解冻', 'Let in again'],
    when: ({ state }) => state === 'frozen',
    params,
    body: () => ({ on: false }),
  },
  {
    operation: 'POST /members/{member_id}/blacklist',
    label: ['拉黑', 'Black list'],
    danger: true,
    when: ({ state }) => state === 'normal' || state === 'frozen',
    params,
    consequence: ({ phone }) => [
      `${phone} 不能再登录和充电，直到移出黑名单`,
      `${phone} cannot log in or charge until taken off the list`,
    ],
    initial: () => ({}),
    fields: [remark],
    body: (values) => ({ ...values, on: true }),
  },
  {
    operation: 'POST /members/{member_id}/blacklist',
    label: ['移出黑名单', 'Off the black list'],
    when: ({ state }) => state === 'blacklisted',
    params,
    body: () => ({ on: false }),
  },
]
