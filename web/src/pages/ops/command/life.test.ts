import { expect, it } from 'vitest'
import { lifeOf } from './life'

const command = {
  id: 1,
  device_phy_id: '82210225000520',
  command: 'start_charge',
  msg_id: 7,
  priority: 2,
  created_at: 100,
  retries: 0,
  state: 'queued',
}

it('a command that waits has only been queued', () => {
  expect(lifeOf(command).map(({ at }) => at)).toEqual([100])
})

it('a command that was answered tells how long each step took', () => {
  const life = lifeOf({ ...command, sent_at: 103, ended_at: 104, retries: 2, state: 'acked' })
  expect(life.map(({ after }) => after)).toEqual([undefined, 3, 1])
  expect(life[1]?.text[1]).toBe('Sent, attempt 3')
  expect(life[2]?.colour).toBe('success')
})
