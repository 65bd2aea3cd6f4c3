import { listPage } from '@/parts/list/listPage'
import { members } from './member.list'

export default listPage(members)
