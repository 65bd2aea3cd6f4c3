import { expect, test } from 'vitest'
import { parseSockets, socketLines } from './sockets'

test('lines of number and MAC are read however people separate them', () => {
  expect(parseSockets('1 aa:bb:cc:dd:ee:ff\n\n 12,AABBCCDDEE00 ')).toEqual([
    { socket_no: 1, mac: 'AABBCCDDEEFF' },
    { socket_no: 12, mac: 'AABBCCDDEE00' },
  ])
})

test('a line that is no socket is named', () => {
  expect(() => parseSockets('1 AABBCCDDEEFF\n2 AABB')).toThrow('2: 2 AABB')
})

test('what is shown is what is read', () => {
  const sockets = [{ socket_no: 7, mac: 'AABBCCDDEEFF' }]
  expect(parseSockets(socketLines(sockets))).toEqual(sockets)
})
