import { ElMessage } from 'element-plus'
import { explain } from './explain'

/** Tells above the page that something failed. */
export function tellTrouble(error: unknown): void {
  ElMessage({ type: 'error', message: explain(error), duration: 8000, showClose: true })
}
