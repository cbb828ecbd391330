/** A setting of a run: a flag of the command line and a key of its configuration file. */
export interface Setting {
  /** The key in the configuration, camelCase. */
  readonly key: string;
  /** The flag with its placeholder, e.g. `--batch <integer>`. */
  readonly flag: string;
  readonly description: string;
  /** The default, in words. */
  readonly defaultText: string;
  /** The value written as `text`; throws ERR_ARGUMENT naming `name`, the flag. A flag without a value has none. */
  readonly parse?: (name: string, text: string) => unknown;
}
