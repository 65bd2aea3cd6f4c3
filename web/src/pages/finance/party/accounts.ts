import { valueLabel } from '@/words/labels'
import { say, type Words } from '@/words/words'

const KINDS: Record<string, Words> = {
  asset: ['资金', 'Held'],
  member: ['会员', 'Member'],
  card: ['充电卡', 'Card'],
  company: ['公司', 'Company'],
  merchant: ['商户', 'Merchant'],
  agent: ['代理商', 'Agent'],
  partner: ['互联伙伴', 'Partner'],
  prepay: ['订单预付', 'Prepaid'],
  income: ['平台收入', 'Income'],
  expense: ['平台支出', 'Expense'],
  receivable: ['应收', 'Owed by'],
}
const WHOLE: Record<string, Words> = {
  'clearing:order': ['待分账', 'To be shared'],
  'refund:inflight': ['退款在途', 'Refunds on their way'],
  'tax:withheld': ['代扣税', 'Tax kept back'],
  'suspense:unmatched': ['待认领', 'Unmatched'],
}
const PARTS: Record<string, Words> = {
  'asset.wechat': ['微信支付', 'WeChat Pay'],
  'asset.alipay': ['支付宝', 'Alipay'],
  'asset.unionpay': ['云闪付', 'UnionPay'],
  'asset.mock': ['模拟渠道', 'Mock'],
  'asset.bank': ['银行', 'Bank'],
  'income.commission_elec': ['电费分成', 'Part of electricity'],
  'income.commission_service': ['服务费分成', 'Part of service'],
  'income.occupancy': ['占位费', 'Occupancy'],
  'income.reservation': ['预约费', 'Reservations'],
  'income.withdraw_fee': ['提现手续费', 'Fees of withdrawals'],
  'income.elec_own': ['自营电费', 'Own electricity'],
  'income.service_own': ['自营服务费', 'Own service'],
  'expense.gift': ['赠送金', 'Gifts'],
  'expense.coupon': ['优惠券', 'Coupons'],
  'expense.points': ['积分', 'Points'],
  'expense.channel_fee': ['渠道手续费', 'Channel fees'],
  'expense.writeoff': ['核销', 'Written off'],
  'expense.compensation': ['赔付', 'Compensation'],
}

/** An account of the books for people: `member:2:cash` is 会员 2 · 本金. */
export function accountName(account: string): string {
  const whole = WHOLE[account]
  if (whole) return say(whole)
  const [kind = '', ...rest] = account.split(':')
  const words = KINDS[kind]
  if (!words) return account
  if (kind === 'receivable') return `${say(words)} ${accountName(rest.join(':'))}`
  const [id = '', purse] = rest
  const part = PARTS[`${kind}.${id}`]
  if (part) return `${say(words)} · ${say(part)}`
  if (kind === 'prepay') return `${say(words)} ${rest.at(-1) ?? ''}`
  return purse ? `${say(words)} ${id} · ${valueLabel('purse', purse)}` : `${say(words)} ${id}`
}
