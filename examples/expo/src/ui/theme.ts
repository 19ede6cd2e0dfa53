import { useColorScheme } from 'react-native';

const light = {
  background: '#f6f7f4',
  card: '#ffffff',
  text: '#1b2420',
  muted: '#55605a',
  border: '#d5dad3',
  /** Of what can be pressed or typed into: at least 3 to 1 against the backgrounds. */
  fieldBorder: '#748078',
  accent: '#0b6b4f',
  onAccent: '#ffffff',
  danger: '#a61b29',
};

const dark: Theme = {
  background: '#101613',
  card: '#1a221e',
  text: '#eef3ef',
  muted: '#a6b3ab',
  border: '#36423c',
  fieldBorder: '#7d8b84',
  accent: '#5fd3a8',
  onAccent: '#08241a',
  danger: '#ff8f98',
};

export type Theme = typeof light;

export const useIsDark = (): boolean => useColorScheme() === 'dark';
export const useTheme = (): Theme => (useIsDark() ? dark : light);
