/** A socket of a gateway as people write it down: `12 AABBCCDDEEFF`. */
export interface Socket {
  socket_no: number
  mac: string
}

export const socketLines = (sockets: readonly { socket_no: number; mac?: string | null }[]) =>
  sockets.map(({ socket_no, mac }) => `${socket_no} ${mac ?? ''}`.trim()).join('\n')

/** Reads lines of number and MAC; throws what is wrong, with its line. */
export function parseSockets(text: string): Socket[] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.flatMap((line, at) => {
    if (line === '') return []
    const [, no, rest = ''] = /^(\d{1,3})[\s,;]+(.*)$/.exec(line) ?? []
    const mac = rest.replace(/[^0-9a-fA-F]/g, '').toUpperCase()
    if (no === undefined || mac.length !== 12) throw new Error(`${at + 1}: ${line}`)
    return [{ socket_no: Number(no), mac }]
  })
}
