import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  AGENTS,
  choice,
  long,
  MERCHANTS,
  money as yuan,
  pick,
  reason,
  text,
} from '@/parts/form/fields'
import { money } from '@/parts/value/format'

export type Party = 'agent' | 'merchant'
type Withdrawal = Row<'/agent-withdrawals'>
type Account = Row<'/agent-settlement-accounts'>

const isBank = ({ method }: Withdrawal) => method === 'bank'

/** Every step of a withdrawal. */
export const withdrawalActions = (party: Party): readonly Action<Withdrawal>[] => [
  {
    operation: `POST /${party}-withdrawals/{withdraw_no}/approve`,
    label: ['批准', 'Grant'],
    when: ({ state }) => state === 'submitted',
    consequence: ({
      amount_fen,
      net_fen,
      fee_fen,
      tax_fen,
      payee,
      holder,
      account_no,
      first_audit_by,
    }) => [
      `${payee} 提现 ${money(amount_fen)}，扣手续费 ${money(fee_fen)}、代扣税 ${money(tax_fen)}，实付 ${money(net_fen)} 到 ${holder} ${account_no}。${first_audit_by ? `${first_audit_by} 已批准，需另一人批准。` : '大额需两人批准；申请人不能批准。'}`,
      `${payee} takes ${money(amount_fen)}: fee ${money(fee_fen)}, tax ${money(tax_fen)}, ${money(net_fen)} to ${holder} ${account_no}. ${first_audit_by ? `${first_audit_by} has granted it; somebody else has to as well.` : 'A large one needs two persons; who asked cannot grant it.'}`,
    ],
    done: (answer) =>
      (answer as Withdrawal).state === 'approved'
        ? ['已批准', 'Granted']
        : ['已批准一次，等待第二人批准', 'Granted once: a second person has to grant it'],
  },
  {
    operation: `POST /${party}-withdrawals/{withdraw_no}/reject`,
    label: ['驳回', 'Reject'],
    danger: true,
    when: ({ state }) => state === 'submitted' || state === 'approved',
    consequence: ({ amount_fen }) => [
      `冻结的 ${money(amount_fen)} 退回可提余额`,
      `${money(amount_fen)} is available again`,
    ],
    fields: [reason],
  },
  {
    operation: `POST /${party}-withdrawals/{withdraw_no}/pay`,
    label: ['打款', 'Pay'],
    danger: true,
    when: (row) => row.state === 'approved' && !isBank(row),
    consequence: ({ net_fen, holder, account_no }) => [
      `${money(net_fen)} 立即付给 ${holder} ${account_no}，付出后不能撤回`,
      `${money(net_fen)} goes to ${holder} ${account_no} now and cannot be taken back`,
    ],
  },
  {
    operation: `POST /${party}-withdrawals/{withdraw_no}/voucher`,
    label: ['登记银行回单', 'Bank has paid'],
    when: (row) => row.state === 'approved' && isBank(row),
    consequence: ({ net_fen, holder }) => [
      `确认银行已向 ${holder} 付出 ${money(net_fen)}，提现完结`,
      `The bank has paid ${money(net_fen)} to ${holder}; the withdrawal is over`,
    ],
    fields: [text('voucher_no', { required: true })],
  },
  {
    operation: `POST /${party}-withdrawals/{withdraw_no}/query`,
    label: ['查询渠道', 'Ask the channel'],
    when: ({ state }) => state === 'paying' || state === 'wait_confirm',
  },
  {
    operation: `POST /${party}-withdrawals/{withdraw_no}/cancel`,
    label: ['撤回申请', 'Take back'],
    danger: true,
    when: ({ state }) => state === 'submitted',
    consequence: ({ amount_fen }) => [
      `冻结的 ${money(amount_fen)} 退回可提余额；只有申请方能撤回`,
      `${money(amount_fen)} is available again; only who asked can take it back`,
    ],
  },
]

export const askForMoney = (party: Party): Action => ({
  operation: `POST /${party}-withdrawals`,
  label: ['申请提现', 'Ask for money'],
  consequence: () => [
    '金额立即冻结；只能提到本组织已核实的账户',
    'The sum is frozen at once; it goes to a verified account of your own organisation only',
  ],
  initial: () => ({}),
  fields: [
    yuan('amount_fen', { required: true, min: 1, hint: ['含手续费和税', 'Fee and tax included'] }),
    pick(
      'settlement_account_id',
      {
        list: `/${party}-settlement-accounts`,
        value: 'settlement_account_id',
        text: ['holder', 'account_no', 'bank'],
        query: { state: 'verified' },
      },
      { required: true },
    ),
  ],
})

export const enterAccount = (party: Party): Action => ({
  operation: `POST /${party}-settlement-accounts`,
  label: ['登记账户', 'Enter an account'],
  consequence: () => [
    '登记后由另一人核实，核实前不能提现',
    'Somebody else has to verify it before money goes there',
  ],
  initial: () => ({ kind: 'bank' }),
  fields: [
    pick('org_id', party === 'agent' ? AGENTS : MERCHANTS, {
      hint: ['留空为本组织', 'Empty: your own organisation'],
    }),
    choice('kind', ['bank', 'wechat', 'alipay', 'mock'], { required: true }),
    text('holder', { required: true }),
    text('account_no', { required: true }),
    text('bank', {
      label: ['开户行及支行', 'Bank and branch'],
      when: ({ kind }) => kind === 'bank',
      required: true,
    }),
  ],
})

/** What becomes of a settlement account. */
export const accountActions = (party: Party): readonly Action<Account>[] => [
  {
    operation: `POST /${party}-settlement-accounts/{settlement_account_id}/decide`,
    label: ['核实通过', 'Verify'],
    when: ({ state }) => state === 'submitted',
    consequence: ({ holder, account_no, bank, entered_by }) => [
      `${entered_by} 登记：${holder}，${account_no}${bank ? `，${bank}` : ''}。核实后可向它付款；登记人不能核实。`,
      `Entered by ${entered_by}: ${holder}, ${account_no}${bank ? `, ${bank}` : ''}. Money can go there then; who entered it cannot verify it.`,
    ],
    body: () => ({ verified: true }),
  },
  {
    operation: `POST /${party}-settlement-accounts/{settlement_account_id}/decide`,
    label: ['不通过', 'Refuse'],
    danger: true,
    when: ({ state }) => state === 'submitted',
    fields: [long('reason', { required: true })],
    body: (values) => ({ ...values, verified: false }),
  },
  {
    operation: `DELETE /${party}-settlement-accounts/{settlement_account_id}`,
    label: ['移除', 'Remove'],
    danger: true,
    when: ({ state }) => state !== 'removed',
    consequence: ({ holder, account_no }) => [
      `以后不能再提现到 ${holder} ${account_no}；在途的不受影响`,
      `No more withdrawals to ${holder} ${account_no}; what is on its way stays so`,
    ],
  },
]
