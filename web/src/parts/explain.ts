import { Refused } from '@/api/refused'
import { pathLabel } from '@/words/labels'
import { leafLabel } from '@/words/leaves'
import { fieldProblem, refusal } from '@/words/refusals'
import { say, type Words } from '@/words/words'

/** What a status means and what to do about it. */
const BY_STATUS: Record<number, Words> = {
  0: [
    '连不上服务器，请检查网络后重试',
    'The server cannot be reached: look at the network, then try again',
  ],
  403: ['没有权限', 'Not permitted'],
  404: ['不存在，或不属于您的组织', 'There is no such thing, or it is somebody else’s'],
  412: [
    '别人刚刚修改过，请关闭后重新打开再改',
    'Somebody else has just changed it: close this and open it again',
  ],
  413: ['内容太大', 'Too large'],
  429: ['操作太频繁，请稍后再试', 'Too often: wait a little'],
  500: ['服务器内部错误', 'A fault of the server'],
  503: [
    '数据库暂时不可用，没有做任何修改，请稍后重试',
    'The database is away; nothing was changed. Try again',
  ],
}

/** What went wrong and how to mend it, for people. */
export function explain(error: unknown): string {
  if (!(error instanceof Refused)) return String(error instanceof Error ? error.message : error)
  const general = BY_STATUS[error.status]
  const detail = detailOf(error)
  const trace = error.status >= 500 && error.requestId ? ` (${error.requestId})` : ''
  if (!general) return detail + trace
  return detail && detail !== say(general)
    ? `${say(general)}: ${detail}${trace}`
    : say(general) + trace
}

function detailOf(error: Refused): string {
  const { field, required, message } = error
  if (required) return leafLabel(required)
  if (!field) return refusal(message)
  return `${pathLabel(field)}: ${fieldProblem(message.replace(`${field}: `, ''))}`
}
