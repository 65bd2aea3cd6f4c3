/** What a code says; `{phy_id}` and `{port_no}` stand for the port. */
const KEPT = 'openpile.qr'

export const defaultContent = (): string =>
  `${location.protocol}//${location.host}/charge?device={phy_id}&port={port_no}`

export const keptContent = (): string => localStorage.getItem(KEPT) || defaultContent()

export function keepContent(content: string): void {
  if (content === defaultContent()) localStorage.removeItem(KEPT)
  else localStorage.setItem(KEPT, content)
}

export const contentOf = (content: string, phyId: string, portNo: number): string =>
  content.replaceAll('{phy_id}', encodeURIComponent(phyId)).replaceAll('{port_no}', String(portNo))

/** What is wrong with a content: every port needs a code of its own. */
export const lacks = (content: string): string[] =>
  ['{phy_id}', '{port_no}'].filter((part) => !content.includes(part))
