import type { Answer } from '@/api/types'
import { proposed } from '@/parts/act/proposed'
import type { Action } from '@/parts/act/action'
import { money as yuan, number, pick, reason, STATIONS, text } from '@/parts/form/fields'
import { money } from '@/parts/value/format'
import { orgActions, type Org } from './org/actions'

export const companyActions: readonly Action<Org>[] = orgActions('company')
export type Account = Answer<'GET /companies/{org_id}/account'>

/** What can be done about what a company pays. */
export const accountActions: readonly Action<Account>[] = [
  {
    operation: 'POST /companies/{org_id}/recharge',
    label: ['登记到账', 'They have paid'],
    consequence: ({ owed_fen, balance_fen }) => [
      `现欠 ${money(owed_fen)}，预付余额 ${money(balance_fen)}。到账先还欠款，余下记为预付。`,
      `It owes ${money(owed_fen)} and has prepaid ${money(balance_fen)}. What comes in pays the debt first.`,
    ],
    initial: () => ({}),
    fields: [
      yuan('amount_fen', { required: true, min: 1 }),
      text('key', {
        required: true,
        label: ['银行流水号', 'Number at the bank'],
        hint: ['重复提交不会重复记账', 'The same again changes nothing'],
      }),
    ],
  },
  {
    operation: 'POST /companies/{org_id}/adjust-credit',
    label: ['调整授信', 'Change credit'],
    consequence: ({ credit_fen, owed_fen }) => [
      `现授信 ${money(credit_fen)}，已用 ${money(owed_fen)}；0 为纯预付。需第二人复核。`,
      `Credit ${money(credit_fen)}, ${money(owed_fen)} used; 0: prepaid only. A second person has to confirm.`,
    ],
    initial: ({ credit_fen }) => ({ credit_fen }),
    fields: [yuan('credit_fen', { required: true, min: 0 }), reason],
    done: proposed,
  },
  {
    operation: 'PUT /companies/{org_id}/contract',
    label: ['修改合同', 'Contract'],
    fields: [
      text('contract_no'),
      number('bill_day', { min: 1, max: 28 }),
      yuan('member_daily_fen', {
        min: 0,
        label: ['每人每日限额', 'Daily limit of a member'],
        hint: ['留空不限', 'Empty: no limit'],
      }),
      pick('stations', STATIONS, {
        many: true,
        label: ['可用站点', 'Stations'],
        hint: ['不选为全部站点', 'None: everywhere'],
      }),
    ],
  },
]
