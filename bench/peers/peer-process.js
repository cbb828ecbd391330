import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Of what a child wrote to standard error, as much as is shown when it fails. */
const SHOWN_CHARACTERS = 2000;

/** A child process that answers each line of JSON by one: see protocol.py. */
export class PeerProcess {
  /** @type {{ resolve: (answer: any) => void, reject: (error: Error) => void } | null} */
  #waiting = null;
  #errors = '';
  /** @type {Error | null} */
  #ended = null;
  #name;
  #child;

  constructor(/** @type {string} */ name, /** @type {string} */ command, /** @type {readonly string[]} */ args) {
    this.#name = name;
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-SHOWN_CHARACTERS);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#answer(line));
    this.#child.stdin.on('error', () => undefined); // the end of the process says more
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('close', (status, signal) => this.#end(`ended with ${signal ?? `exit code ${status}`}`));
  }

  /**
   * The answer to a request; one at a time.
   * @param {object} request
   * @returns {Promise<any>}
   */
  request(request) {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#waiting !== null) return Promise.reject(new Error(`${this.#name}: a request is under way`));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  /** Lets the child end. */
  close() {
    this.#child.stdin.end();
  }

  #answer(/** @type {string} */ line) {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) return this.#end(`answered without a request: ${line}`);
    let answer;
    try {
      answer = JSON.parse(line);
    } catch {
      return waiting.reject(new Error(`${this.#name}: expected a line of JSON, got ${line}`));
    }
    if (typeof answer.error === 'string') waiting.reject(new Error(`${this.#name}: ${answer.error.trim()}`));
    else waiting.resolve(answer);
  }

  #end(/** @type {string} */ reason) {
    this.#ended ??= new Error(`${this.#name}: ${reason}${this.#errors === '' ? '' : `\n${this.#errors.trim()}`}`);
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
  }
}
