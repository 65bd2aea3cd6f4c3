import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { choice, reason, text, type Values } from '@/parts/form/fields'
import { money } from '@/parts/value/format'

type Invoice = Row<'/invoices'>
const isBlue = ({ color }: Invoice) => color === 'blue'
const isAnew = ({ then }: Values) => then === 'reissue_to'

export const invoiceActions: readonly Action<Invoice>[] = [
  {
    operation: 'POST /invoices/{req_no}/issue',
    label: ['开具', 'Issue'],
    when: ({ state }) => state === 'submitted' || state === 'draft',
    consequence: ({ title, tax_no, amount_fen, tax_fen }) => [
      `向 ${title}${tax_no ? `（税号 ${tax_no}）` : ''}开具 ${money(amount_fen)}，其中税额 ${money(tax_fen)}。开出后只能红冲。`,
      `${money(amount_fen)} to ${title}${tax_no ? ` (${tax_no})` : ''}, ${money(tax_fen)} of it tax. Once issued it can only be reversed.`,
    ],
  },
  {
    operation: 'POST /invoices/{req_no}/reject',
    label: ['驳回', 'Reject'],
    danger: true,
    when: ({ state }) => state === 'submitted' || state === 'draft',
    consequence: () => ['订单可以另开发票', 'Its orders may be on another invoice'],
    fields: [reason],
  },
  {
    operation: 'POST /invoices/{req_no}/retry',
    label: ['重新开具', 'Issue again'],
    when: ({ state }) => state === 'failed',
    consequence: ({ fail_reason }) => [
      `上次失败：${fail_reason ?? '–'}。原单号再开一次，不会重复`,
      `It failed: ${fail_reason ?? '–'}. It is asked for again under its number, never twice`,
    ],
  },
  {
    operation: 'POST /invoices/{req_no}/resend',
    label: ['重发邮件', 'Send again'],
    when: ({ state }) => state === 'issued',
    initial: ({ email }) => ({ email }),
    fields: [text('email')],
  },
  {
    operation: 'POST /invoices/{req_no}/red',
    label: ['红冲', 'Reverse'],
    danger: true,
    when: (row) => row.state === 'issued' && isBlue(row),
    consequence: ({ invoice_no, amount_fen }) => [
      `发票 ${invoice_no ?? ''}（${money(amount_fen)}）将开红字发票冲销，不可恢复`,
      `${invoice_no ?? 'The invoice'} (${money(amount_fen)}) is taken back by a red one, for good`,
    ],
    initial: () => ({ then: 'reissue', kind: '82', buyer_kind: 'company' }),
    fields: [
      reason,
      choice('then', ['reissue', 'reissue_to', 'release'], {
        required: true,
        label: ['之后', 'What comes after'],
      }),
      choice('kind', ['82', '81'], { when: isAnew, required: true }),
      choice('buyer_kind', ['company', 'person'], { when: isAnew, required: true }),
      text('title', { when: isAnew, required: true }),
      text('tax_no', { when: isAnew }),
    ],
    body: ({ reason: why, then, ...title }) => ({
      reason: why,
      then,
      ...(then === 'reissue_to' && { title }),
    }),
  },
]
