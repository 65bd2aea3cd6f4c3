import { locale } from '@/words/words'
import { describe, expect, it } from 'vitest'
import { entryOf, isRoutine, type Told } from './story'

const told = (kind: string, what: string, details = {}): Told => ({
  at: 1_795_347_317_159,
  kind,
  what,
  ids: {},
  details,
})
const line = (kind: string, what: string, details = {}) => entryOf(told(kind, what, details), 0)

describe('an entry of a story', () => {
  it('tells a journal by what it comes to', () => {
    const lines = [
      { account: 'member:1:cash', side: 'D', amount_fen: 500 },
      { account: 'member:1:frozen', side: 'C', amount_fen: 500 },
    ]
    expect(line('journal', 'freeze', { lines }).text).toBe('¥5.00')
  })
  it('tells a step of a command by the command and its state', () => {
    const step = line('command', 'acked', { command: 'stop_charge', cmd: '0x36', retries: 1 })
    expect([step.what, step.state, step.text]).toEqual([
      ['command', 'stop_charge'],
      'acked',
      '0x36 · ×2',
    ])
  })
  it('says sentences of the server in the language that is shown', () => {
    locale.value = 'zh'
    expect(line('alarm', 'raised', { message: 'device holds other prices' }).text).toBe(
      '设备里的电价与平台不一致',
    )
    expect(line('state', 'end_report', { reason: 'negative energy' }).text).toBe('电量为负')
    expect(line('state', 'created', { actor: 'api:2' }).text).toBe('密钥 2')
  })
  it('tells an attempt to tell a partner by its event', () => {
    const attempt = line('webhook', 'attempt failed', {
      event_type: 'order.completed',
      attempt: 1,
      http_status: 500,
      duration_ms: 12,
    })
    expect([attempt.what[1], attempt.state, attempt.text]).toEqual([
      'order.completed',
      'failed',
      '#1 · 500 · 12 ms',
    ])
  })
  it('is routine when it comes all the time', () => {
    expect(isRoutine(line('webhook', 'charging.progress'))).toBe(true)
    expect(isRoutine(line('frame', 'heartbeat'))).toBe(true)
    expect(isRoutine(line('state', 'end_report'))).toBe(false)
  })
})
