import { describe, expect, it } from 'vitest'
import { inOrder, journalsOf, type Entry } from './story'

const line = (journal_id: number, account: string, in_fen: number, out_fen: number) => ({
  journal_id,
  account,
  in_fen,
  out_fen,
  at: 10,
  event_type: 'freeze',
  biz_no: 'A1',
})
const entry = (kind: Entry['kind'], at: number): Entry => ({
  id: kind,
  kind,
  at,
  exact: false,
  what: '',
  details: {},
})

describe('journals', () => {
  it('are one event each, with all their lines', () => {
    const journals = journalsOf([
      line(7, 'member:1:cash', 0, 500),
      line(7, 'member:1:frozen', 500, 0),
      line(8, 'clearing:order', 20, 0),
    ])
    expect(journals.map(({ id, text }) => [id, text])).toEqual([
      ['journal7', '¥5.00'],
      ['journal8', '¥0.20'],
    ])
    expect(journals[0]?.details.lines).toHaveLength(2)
  })
})

describe('a story', () => {
  it('goes by time, and by cause within a second', () => {
    const sorted = inOrder([entry('webhook', 5), entry('state', 5), entry('frame', 4)])
    expect(sorted.map(({ kind }) => kind)).toEqual(['frame', 'state', 'webhook'])
  })
})
