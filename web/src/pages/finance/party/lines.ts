import { maySee } from '@/api/session'
import type { Row } from '@/api/types'
import type { Column } from '@/parts/list/definition'
import { money } from '@/parts/value/format'
import { detailOf } from '@/parts/value/links'

export type PartyLine = Row<'/merchant-ledger'> & Row<'/agent-ledger'>

/** The page of whoever earned something. */
export function partyLink({ payee_type, payee_org_id }: Row<'/earnings'>): string | undefined {
  const page = `user.${payee_type}`
  return payee_type !== 'platform' && maySee(page) ? detailOf(page, payee_org_id) : undefined
}

/** Where the reason of a movement is shown. */
export function bizLink(event_type: string, biz_no: string): string | undefined {
  if (/^(split|settle|freeze|release|refund_order|unsplit|resettle)/.test(event_type)) {
    return maySee('order.charge') ? detailOf('order.charge', biz_no) : undefined
  }
  return maySee('finance.platform')
    ? `/finance/platform?biz_no=${encodeURIComponent(biz_no)}`
    : undefined
}

/** What came in or went out; nothing where nothing did. */
export const moved = <F extends 'in_fen' | 'out_fen'>(field: F) => ({
  field,
  text: (line: Record<F, number>) => (line[field] === 0 ? '–' : money(line[field])),
})

/** The columns of an agent's or a merchant's ledger. */
export function partyColumns(page: string): {
  columns: readonly (keyof PartyLine | Column<PartyLine>)[]
  more: readonly (keyof PartyLine)[]
} {
  return {
    columns: [
      'at',
      {
        field: 'party',
        link: ({ org_id }: PartyLine) => (maySee(page) ? detailOf(page, org_id) : undefined),
      },
      { field: 'event_type', kind: 'tag' },
      {
        field: 'biz_no',
        kind: 'code',
        link: (line: PartyLine) => bizLink(line.event_type, line.biz_no),
      },
      { field: 'purse', kind: 'tag' },
      'base_fen',
      'ratio_bp',
      moved('in_fen'),
      moved('out_fen'),
      'before_fen',
      'after_fen',
    ],
    more: ['memo'],
  }
}
