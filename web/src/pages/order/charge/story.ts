import { call } from '@/api/call'
import type { AnyRow, Answer } from '@/api/types'
import { money } from '@/parts/value/format'
import { whoText } from '@/parts/value/shown'
import { alarmText } from '@/words/alarms'
import { findingText } from '@/words/findings'
import { valueLabel } from '@/words/labels'
import { noiseText } from '@/words/noise'
import { reasonText } from '@/words/reasons'
import { say, type Words } from '@/words/words'

/** What kinds of things happen to an order. */
export const KINDS = {
  state: ['状态', 'States'],
  call: ['操作', 'Operators'],
  command: ['指令', 'Commands'],
  frame: ['报文', 'Frames'],
  sample: ['表计', 'Meter'],
  journal: ['记账', 'Journals'],
  refund: ['退款', 'Refunds'],
  webhook: ['推送', 'Webhooks'],
  alarm: ['告警', 'Alarms'],
  finding: ['一致性', 'Findings'],
} satisfies Record<string, Words>
export type StoryKind = keyof typeof KINDS

export type Told = Answer<'GET /orders/{order_no}/story'>['entries'][number]

/** Something that happened, as it is shown. */
export interface Entry {
  id: string
  /** Unix milliseconds. */
  at: number
  kind: StoryKind
  /** The field and its word that say what. */
  what: readonly [field: string, word: string]
  /** Its state, where it has one that matters. */
  state?: string
  /** In words, beside that. */
  text: string
  details: AnyRow
}

export interface Story {
  entries: Entry[]
  /** What this account may not see. */
  leftOut: StoryKind[]
  /** What there is more of than is shown. */
  cut: StoryKind[]
}

/** Everything that happened to an order, oldest first. */
export async function storyOf(order_no: string): Promise<Story> {
  const [{ entries, left_out, cut }, { commandTrouble }] = await Promise.all([
    call('GET /orders/{order_no}/story', { params: { order_no } }),
    // It knows the words of devices: a dictionary that the page can begin without.
    import('@/words/commands'),
  ])
  const sayings = { ...SAYINGS, command: { error: commandTrouble } }
  return {
    entries: entries.map((entry, index) => entryOf(entry, index, sayings)),
    leftOut: left_out.map(({ kind }) => kind as StoryKind),
    cut: cut as StoryKind[],
  }
}

type Shown = Pick<Entry, 'what' | 'state' | 'text'>
const joined = (...parts: unknown[]) =>
  parts.filter((part) => part !== undefined && part !== null && part !== '').join(' · ')
const text = (value: unknown) => String(value ?? '')

const PROGRAMS: Record<string, Words> = { device: ['设备', 'device'], system: ['系统', 'system'] }
function who(name: string): string {
  const program = PROGRAMS[name]
  return program ? say(program) : whoText(name)
}

type Sayings = Partial<Record<StoryKind, Record<string, (text: string) => string>>>

/** Details that are sentences of the server, by kind and field. */
const SAYINGS: Sayings = {
  call: { actor: who },
  state: { actor: who, reason: reasonText },
  frame: { result: noiseText },
  alarm: { message: alarmText },
  finding: { details: findingText, action: findingText },
  journal: { actor: who },
  refund: { applicant: who, auditor: who },
}

/** How each kind is told in a line. */
const LINES: Record<StoryKind, (told: Told, details: AnyRow) => Shown> = {
  state: ({ what }, { to, actor, reason }) => ({
    what: ['cause', what],
    state: text(to),
    text: joined(actor, reason),
  }),
  call: ({ what }, { actor, ip }) => ({ what: ['action', what], text: joined(actor, ip) }),
  command: ({ what }, { command, cmd, error, retries }) => ({
    what: ['command', text(command)],
    state: what,
    text: joined(cmd, retries ? `×${Number(retries) + 1}` : '', error),
  }),
  frame: ({ what }, { direction, cmd, result }) => ({
    what: ['type', what],
    text: joined(direction === 'up' ? '↑' : '↓', cmd, result),
  }),
  sample: ({ what }, { power, total_kwh, soc }) => ({
    what: ['what', what],
    text: joined(
      power === undefined ? '' : `${text(power)} W`,
      `${text(total_kwh)} kWh`,
      soc === undefined ? '' : `${text(soc)} %`,
    ),
  }),
  journal: ({ what }, details) => ({
    what: ['event_type', what],
    text: joined(money(debited(details)), details.memo),
  }),
  refund: ({ what }, { amount_fen, reason, applicant, auditor }) => ({
    what: ['state', what],
    text: joined(money(Number(amount_fen ?? 0)), reason, applicant, auditor),
  }),
  webhook: ({ what }, { event_type, attempt, http_status, error, duration_ms }) =>
    event_type
      ? {
          what: ['event_type', text(event_type)],
          state: what === 'delivered' ? 'delivered' : 'failed',
          text: joined(`#${text(attempt)}`, http_status, error, `${text(duration_ms)} ms`),
        }
      : { what: ['event_type', what], text: '' },
  alarm: ({ what }, { code, message }) => ({
    what: ['code', text(code)],
    state: what,
    text: text(message),
  }),
  finding: ({ what }, { details, action }) => ({
    what: ['issue_type', what.replace(' resolved', '')],
    state: what.endsWith(' resolved') ? 'resolved' : undefined,
    text: joined(details, action),
  }),
}

/** A line of a journal, as the story has it. */
export interface JournalLine {
  account: string
  side: string
  amount_fen: number
}
export const linesOf = ({ lines }: AnyRow): JournalLine[] =>
  Array.isArray(lines) ? (lines as JournalLine[]) : []
const isDebit = ({ side }: JournalLine) => /^d/i.test(side)
/** What a journal comes to: its two sides are equal. */
const debited = (details: AnyRow) =>
  linesOf(details)
    .filter(isDebit)
    .reduce((sum, { amount_fen }) => sum + amount_fen, 0)

export function entryOf(told: Told, index: number, sayings = SAYINGS): Entry {
  const kind = (told.kind in KINDS ? told.kind : 'call') as StoryKind
  const details: AnyRow = { ...told.ids, ...told.details }
  for (const [field, said] of Object.entries(sayings[kind] ?? {})) {
    if (typeof details[field] === 'string') details[field] = said(details[field])
  }
  return { id: String(index), at: told.at, kind, details, ...LINES[kind](told, details) }
}

/** What one sees of an entry, for the search within the story. */
export const seen = ({ what: [field, word], text: beside, details }: Entry): string =>
  `${valueLabel(field, word)} ${beside} ${JSON.stringify(details)}`.toLowerCase()

/** What comes all the time: it is shown when one asks for it. */
const ROUTINE = ['heartbeat', 'status', 'bms', 'realtime', 'progress', 'control']
export const isRoutine = ({ kind, what: [, word] }: Entry): boolean =>
  kind === 'sample' ||
  ((kind === 'frame' || kind === 'webhook') && ROUTINE.some((routine) => word.includes(routine)))
