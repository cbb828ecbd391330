const SYMBOLS =
  'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo ' +
  'Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe';

/** Symbols by atomic number, from hydrogen (1) to xenon (54). */
export const elementSymbols: readonly string[] = ['', ...SYMBOLS.split(' ')];

/** Atomic numbers of the elements that the process itself speaks of. */
export const Element = { phosphorus: 15, sulfur: 16 } as const;
