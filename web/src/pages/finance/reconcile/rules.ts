import { say, type Words } from '@/words/words'

/** The rules of the books, for people. */
const RULES: Record<string, Words> = {
  journal_balances: ['每张凭证借贷相等', 'Both sides of each journal are equal'],
  journal_has_lines: ['每张凭证都有分录', 'Each journal has lines'],
  balance_is_sum_of_lines: ['账户余额等于分录之和', 'Balances are the sums of their lines'],
  no_pocket_below_nothing: [
    '钱包、卡、预付没有负数',
    'No wallet, card or prepayment is below nothing',
  ],
  books_balance: ['全部账户借贷相等', 'Both sides of all accounts are equal'],
  nothing_stays_in_clearing: [
    '已结算订单的清算科目为零',
    'Nothing of a settled order stays in clearing',
  ],
  wallets_freeze_what_orders_hold: [
    '钱包冻结的本金等于进行中订单所冻结',
    'Wallets hold what running orders hold',
  ],
  gifts_freeze_what_orders_hold: [
    '钱包冻结的赠金等于进行中订单所冻结',
    'Gifts are held as running orders hold them',
  ],
  prepayments_hold_what_orders_hold: [
    '预付款等于进行中订单所持有',
    'Prepayments are what running orders hold',
  ],
  cards_freeze_what_orders_hold: [
    '储值卡冻结等于进行中订单所冻结',
    'Cards hold what running orders hold',
  ],
  parties_freeze_what_withdrawals_hold: [
    '商户、代理商冻结等于在途提现',
    'Parties have frozen what is being withdrawn',
  ],
  orders_hold_capture_or_release: [
    '每个订单：扣款 + 退回 = 冻结或预付',
    'Of each order: captured and released is what was held',
  ],
  shares_add_up_to_their_fee: ['每项费用的分成之和等于该费用', 'Shares add up to their fee'],
  shares_are_what_was_split: ['分润明细等于记账的分账', 'Earnings are what was split'],
  payments_cover_their_refunds: ['退款不超过原支付', 'No payment was refunded beyond itself'],
  payments_count_their_refunds: ['支付上的已退金额等于退款之和', 'Payments count their refunds'],
  journals_have_keys: ['每张凭证有幂等键', 'Each journal has its key'],
  reconciled_days_stay: ['已对平的日子没有再变', 'Days that were reconciled did not change'],
}

export function ruleText(rule: string): string {
  const words = RULES[rule]
  return words ? say(words) : rule
}
