import { defineList } from '@/parts/list/listPage'
import { invoiceActions } from './invoice.actions'

export const invoices = defineList({
  page: 'finance.invoice',
  list: '/invoices',
  key: 'req_no',
  detail: true,
  filters: ['state', 'title', 'invoice_no', 'from', 'kind', 'color', 'member_id', 'seller_org_id'],
  columns: [
    { field: 'req_no', kind: 'code' },
    'state',
    'title',
    'tax_no',
    'amount_fen',
    'tax_fen',
    'kind',
    { field: 'color', kind: 'tag' },
    { field: 'invoice_no', kind: 'code' },
    'seller',
    'created_at',
  ],
  more: [
    'member_id',
    'buyer_kind',
    'issued_at',
    'email',
    'mailed_at',
    'mail_error',
    'red_status',
    'red_reason',
    'original_req_no',
    'replaces',
    'fail_reason',
  ],
  actions: invoiceActions,
  mark: ({ state, mail_error }) =>
    state === 'failed' ? 'danger' : state === 'submitted' || mail_error ? 'warning' : undefined,
  empty: [
    '没有发票申请。会员在小程序里按订单申请；先在“规则”里填好销售方税号',
    'No invoices. Members ask for them; fill in the seller’s tax number under “Rules” first',
  ],
})
