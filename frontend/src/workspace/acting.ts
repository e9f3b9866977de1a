import { state } from 'lit/decorators.js'
import { Failure } from '../api/failure'
import { Part } from '../ui/part'

/** A part with buttons that take a while: which is under way, and what the last one failed with. */
export class Acting extends Part {
  @state() protected busy = false
  @state() protected failure: Failure | null = null

  /** Do what a button is for. */
  protected async act(deed: () => Promise<unknown>): Promise<void> {
    this.busy = true
    this.failure = null
    try {
      await deed()
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }
}
