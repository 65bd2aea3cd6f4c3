import { call } from '@/api/call'
import { mayCall } from '@/api/session'
import type { AnyRow, Row } from '@/api/types'
import { money } from '@/parts/value/format'
import type { Words } from '@/words/words'

/** What kinds of things happen to an order. */
export const KINDS = {
  state: ['状态', 'States'],
  command: ['指令', 'Commands'],
  frame: ['报文', 'Frames'],
  journal: ['记账', 'Journals'],
  refund: ['退款', 'Refunds'],
  webhook: ['推送', 'Webhooks'],
  alarm: ['告警', 'Alarms'],
  finding: ['一致性', 'Findings'],
  feedback: ['投诉', 'Complaints'],
  audit: ['操作', 'Operators'],
} satisfies Record<string, Words>
export type StoryKind = keyof typeof KINDS

/** Something that happened. */
export interface Entry {
  id: string
  /** Unix milliseconds. */
  at: number
  /** Whether that is known to the millisecond. */
  exact: boolean
  kind: StoryKind
  /** What, as a word of the server. */
  what: string
  /** Its state, where it has one that matters. */
  state?: string
  /** In words, beside that. */
  text?: string
  details: AnyRow
}

const whole = (seconds: number) => ({ at: seconds * 1000, exact: false })

interface Part {
  kind: StoryKind
  may: () => boolean
  read: (order_no: string) => Promise<Entry[]>
}

const PARTS: readonly Part[] = [
  {
    kind: 'state',
    may: () => mayCall('GET /orders/{order_no}/history'),
    read: async (order_no) =>
      (await call('GET /orders/{order_no}/history', { params: { order_no } })).map(
        (change, index) => ({
          id: `state${index}`,
          ...whole(change.at),
          kind: 'state',
          what: change.cause,
          state: change.to,
          text: [change.actor, change.reason].filter(Boolean).join(' · '),
          details: change,
        }),
      ),
  },
  {
    kind: 'command',
    may: () => mayCall('GET /commands'),
    read: async (order_no) =>
      (await call('GET /commands', { query: { order_no, size: 200 } })).items.map((command) => ({
        id: `command${command.id}`,
        ...whole(command.created_at),
        kind: 'command',
        what: command.command,
        state: command.state,
        text: command.error ?? '',
        details: command,
      })),
  },
  {
    kind: 'frame',
    may: () => mayCall('GET /comm-logs'),
    read: async (order_no) =>
      (await call('GET /comm-logs', { query: { order_no, size: 500 } })).items.map(
        (frame, index) => ({
          // Its own number is larger than numbers here can tell apart.
          id: `frame${index}`,
          at: frame.at_ms,
          exact: true,
          kind: 'frame',
          what: frame.type,
          text: [frame.direction === 'up' ? '↑' : '↓', frame.cmd, frame.result]
            .filter(Boolean)
            .join(' '),
          details: frame,
        }),
      ),
  },
  {
    kind: 'journal',
    may: () => mayCall('GET /ledger/lines'),
    read: async (biz_no) =>
      journalsOf((await call('GET /ledger/lines', { query: { biz_no, size: 500 } })).items),
  },
  {
    kind: 'refund',
    may: () => mayCall('GET /refunds'),
    read: async (biz_no) =>
      (await call('GET /refunds', { query: { biz_no, size: 100 } })).items.map((refund) => ({
        id: `refund${refund.refund_no}`,
        ...whole(refund.created_at),
        kind: 'refund',
        what: refund.kind,
        state: refund.state,
        text: `${refund.refund_no} · ${refund.reason}`,
        details: refund,
      })),
  },
  {
    kind: 'webhook',
    may: () => mayCall('GET /webhooks/events'),
    read: async (order_no) =>
      (await call('GET /webhooks/events', { query: { order_no, size: 200 } })).items.map(
        (event) => ({
          id: `webhook${event.event_id}`,
          ...whole(event.occurred_at),
          kind: 'webhook',
          what: event.event_type,
          details: event,
        }),
      ),
  },
  {
    kind: 'alarm',
    may: () => mayCall('GET /alarms'),
    read: async (order_no) =>
      (await call('GET /alarms', { query: { order_no, size: 100 } })).items.map((alarm) => ({
        id: `alarm${alarm.id}`,
        ...whole(alarm.first_at),
        kind: 'alarm',
        what: alarm.code,
        state: alarm.state,
        text: alarm.message,
        details: alarm,
      })),
  },
  {
    kind: 'finding',
    may: () => mayCall('GET /ops/consistency/findings'),
    read: async (order_no) =>
      (await call('GET /ops/consistency/findings', { query: { order_no, size: 100 } })).items.map(
        (finding) => ({
          id: `finding${finding.finding_id}`,
          ...whole(finding.first_seen),
          kind: 'finding',
          what: finding.issue_type,
          text: finding.details,
          details: finding,
        }),
      ),
  },
  {
    kind: 'feedback',
    may: () => mayCall('GET /complaints'),
    read: async (order_no) =>
      (await call('GET /complaints', { query: { order_no, size: 100 } })).items.map(
        (complaint) => ({
          id: `feedback${complaint.complaint_id}`,
          ...whole(complaint.created_at),
          kind: 'feedback',
          what: complaint.type,
          state: complaint.state,
          text: complaint.text,
          details: complaint,
        }),
      ),
  },
  {
    kind: 'audit',
    may: () => mayCall('GET /audit-logs'),
    read: async (object) =>
      (await call('GET /audit-logs', { query: { object, size: 100 } })).items.map((line) => ({
        id: `audit${line.id}`,
        ...whole(line.at),
        kind: 'audit',
        what: line.action,
        text: line.actor,
        details: line,
      })),
  },
]

/** The lines of a journal together; a journal is one event. */
export function journalsOf(lines: readonly Row<'/ledger/lines'>[]): Entry[] {
  const journals = new Map<number, Row<'/ledger/lines'>[]>()
  for (const line of lines) {
    journals.set(line.journal_id, [...(journals.get(line.journal_id) ?? []), line])
  }
  return [...journals].map(([id, together]) => {
    const [first] = together as [Row<'/ledger/lines'>]
    return {
      id: `journal${id}`,
      ...whole(first.at),
      kind: 'journal' as const,
      what: first.event_type,
      text: [money(together.reduce((sum, { in_fen }) => sum + in_fen, 0)), first.memo]
        .filter(Boolean)
        .join(' · '),
      details: { journal_id: id, lines: together },
    }
  })
}

export interface Story {
  entries: Entry[]
  /** What this account may not see, or what could not be read. */
  leftOut: StoryKind[]
}

/** Everything that happened to an order, oldest first. */
export async function storyOf(order_no: string): Promise<Story> {
  const readable = PARTS.filter(({ may }) => may())
  const answers = await Promise.allSettled(readable.map(({ read }) => read(order_no)))
  const read = readable.filter((_, index) => answers[index]?.status === 'fulfilled')
  return {
    entries: inOrder(
      answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    ),
    leftOut: PARTS.filter((part) => !read.includes(part)).map(({ kind }) => kind),
  }
}

/** Within a second known only to the second, the cause comes before what it brought about. */
const RANK: Record<StoryKind, number> = {
  audit: 0,
  state: 1,
  command: 2,
  frame: 3,
  journal: 4,
  refund: 5,
  webhook: 6,
  alarm: 7,
  finding: 8,
  feedback: 9,
}
export const inOrder = (entries: readonly Entry[]): Entry[] =>
  [...entries].sort((a, b) => a.at - b.at || RANK[a.kind] - RANK[b.kind])
