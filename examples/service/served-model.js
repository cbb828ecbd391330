import { FullError } from './admission.js';

/** The model that requests sample from. A new one can take its place while requests still use the old one. */
export class ServedModel {
  #current;
  #closed = false;

  get ready() {
    return this.#current !== undefined;
  }

  get name() {
    return this.#current?.name;
  }

  /** Serves another model; `dispose` frees it once it has been replaced and nobody uses it any more. */
  replace(name, model, dispose) {
    if (this.#closed) {
      dispose();
      return;
    }
    const former = this.#current;
    this.#current = { name, model, dispose, users: 1 };
    if (former !== undefined) release(former);
  }

  /** Lends the model until `release` is called. FullError as long as there is none. */
  lend() {
    const lent = this.#current;
    if (lent === undefined) throw new FullError('the model is not there yet', 1);
    lent.users++;
    return { name: lent.name, model: lent.model, release: () => release(lent) };
  }

  close() {
    this.#closed = true;
    const former = this.#current;
    this.#current = undefined;
    if (former !== undefined) release(former);
  }
}

function release(lent) {
  lent.users--;
  if (lent.users === 0) lent.dispose();
}
