import type { Row } from '@/api/types'
import type { Words } from '@/words/words'

export interface Step {
  words: Words
  done: boolean
  failed?: boolean
  by?: string | null
  at?: number | null
}

type Withdrawal = Row<'/agent-withdrawals'>

/** How far a withdrawal is. */
export function stepsOf(row: Withdrawal): Step[] {
  const { state } = row
  const refused = state === 'rejected' || state === 'cancelled'
  const granted = ['approved', 'paying', 'wait_confirm', 'success', 'failed'].includes(state)
  const sent = ['paying', 'wait_confirm', 'success', 'failed'].includes(state)
  const steps: Step[] = [
    { words: ['申请', 'Asked for'], done: true, by: row.applied_by, at: row.applied_at },
    {
      words: refused
        ? state === 'rejected'
          ? ['驳回', 'Rejected']
          : ['撤回', 'Taken back']
        : ['批准', 'Granted'],
      done: granted,
      failed: refused,
      by: [row.first_audit_by, row.audited_by].filter(Boolean).join(' → '),
      at: row.audited_at,
    },
    { words: ['打款', 'Paid'], done: sent, by: row.paid_by ?? row.voucher_no },
    {
      words: state === 'failed' ? ['失败', 'Failed'] : ['到账', 'Arrived'],
      done: state === 'success',
      failed: state === 'failed',
      at: row.finished_at,
    },
  ]
  if (row.method === 'wechat_transfer') {
    steps.splice(3, 0, {
      words: ['收款人确认', 'Payee confirms'],
      done: state === 'success',
      at: state === 'wait_confirm' ? row.confirm_until : undefined,
    })
  }
  return steps
}
