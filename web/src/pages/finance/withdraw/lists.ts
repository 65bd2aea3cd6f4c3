import type { Row } from '@/api/types'
import type { Column } from '@/parts/list/definition'
import { money } from '@/parts/value/format'
import { accountActions, enterAccount, withdrawalActions, askForMoney, type Party } from './actions'

export type Withdrawal = Row<'/agent-withdrawals'>
export type Account = Row<'/agent-settlement-accounts'>

const COLUMNS: readonly (keyof Withdrawal | Column<Withdrawal>)[] = [
  { field: 'withdraw_no', kind: 'code' },
  'state',
  'payee',
  'amount_fen',
  'fee_fen',
  'tax_fen',
  'net_fen',
  { field: 'method', kind: 'tag', width: 130 },
  'account_no',
  'applied_at',
  { field: 'audited_by', text: auditors },
]

/** Who has granted it so far. */
function auditors({ first_audit_by, audited_by }: Withdrawal): string {
  return [first_audit_by, audited_by].filter(Boolean).join(' → ') || '–'
}

/** Withdrawals of a kind of party. */
export const withdrawals = (party: Party) =>
  ({
    key: 'withdraw_no',
    detail: true,
    filters: ['org_id', 'state', 'method', 'from', 'withdraw_no'],
    columns: COLUMNS,
    more: [
      'applied_by',
      'holder',
      'bank',
      'paid_by',
      'voucher_no',
      'channel_no',
      'confirm_until',
      'finished_at',
      'fail_reason',
    ],
    actions: withdrawalActions(party),
    create: [askForMoney(party)],
    mark: ({ state }: Withdrawal) =>
      state === 'failed' ? 'danger' : state === 'submitted' ? 'warning' : undefined,
    empty: [
      '没有提现。登记并核实结算账户后，用“申请提现”提交',
      'No withdrawals. Enter a settlement account, have it verified, then ask for money',
    ],
  }) as const

/** Accounts that withdrawals of a kind of party go to. */
export const accounts = (party: Party) =>
  ({
    key: 'settlement_account_id',
    filters: ['org_id', 'state'],
    columns: ['holder', 'account_no', 'bank', 'kind', 'state', 'entered_by', 'created_at'],
    more: ['org_id', 'decided_by', 'decided_at', 'reason'],
    actions: accountActions(party),
    create: [enterAccount(party)],
    mark: ({ state }: Account) => (state === 'submitted' ? 'warning' : undefined),
    empty: [
      '还没有结算账户。登记后由另一人核实才能提现',
      'No accounts yet. One that is entered has to be verified by somebody else',
    ],
  }) as const

export const bankFile = {
  key: 'withdraw_no',
  columns: [
    { field: 'withdraw_no', kind: 'code' },
    'holder',
    { field: 'account_no', width: 200 },
    { field: 'bank', width: 180 },
    { field: 'amount_fen', text: ({ amount_fen }: { amount_fen: number }) => money(amount_fen) },
    'remark',
  ],
  empty: [
    '没有待银行付款的提现。批准的银行提现会列在这里，导出后交银行',
    'Nothing for the bank. Granted withdrawals to bank accounts stand here: export the file for it',
  ],
} as const
