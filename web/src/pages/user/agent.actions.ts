import { lookAs } from '@/api/look'
import type { Action } from '@/parts/act/action'
import { orgActions, type Org } from './org/actions'

export const agentActions: readonly Action<Org>[] = [
  ...orgActions('agent'),
  {
    operation: 'POST /agents/{org_id}/look-as',
    label: ['以其身份查看', 'Look as'],
    consequence: ({ name }) => [
      `在新窗口以 ${name} 的身份查看半小时，只读；操作日志记两人的名字`,
      `A new window shows the console as ${name} sees it, for half an hour, to read only; the audit log has both names`,
    ],
    then: (answer) => lookAs(answer as { token: string; expires_at: number }),
    done: () => ['已在新窗口打开', 'Opened in a new window'],
  },
]
