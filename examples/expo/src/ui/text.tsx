import type { ReactNode, Ref } from 'react';
import { StyleSheet, Text, type TextProps } from 'react-native';
import { direction } from '../language/locale';
import { problemText } from '../language/problem-text';
import { texts } from '../language/texts';
import { FOCUSABLE } from './focus';
import { fontSize } from './font-size';
import { useTheme } from './theme';

// React Native's types do not know the level of a heading.
const FIRST_LEVEL = { 'aria-level': 1 };
const SECOND_LEVEL = { 'aria-level': 2 };

/** The heading of a screen. */
export function Heading({ ref, children }: { ref: Ref<Text>; children: string }) {
  const { text } = useTheme();
  return (
    <Text ref={ref} role="heading" {...FIRST_LEVEL} {...FOCUSABLE} style={[styles.heading, { color: text }]}>
      {children}
    </Text>
  );
}

/** The heading of a part of a screen. */
export function Title({ style, ...props }: TextProps) {
  const { text } = useTheme();
  return <Text role="heading" {...SECOND_LEVEL} style={[styles.title, { color: text }, style]} {...props} />;
}

export function Body({ muted = false, style, ...props }: TextProps & { muted?: boolean }) {
  const theme = useTheme();
  return <Text style={[styles.body, { color: muted ? theme.muted : theme.text }, style]} {...props} />;
}

/** What somebody has written. */
export function Name({ children }: { children: string | null | undefined }) {
  return <Body style={[styles.name, asWritten]}>{children ?? texts.nobody}</Body>;
}

interface ErrorTextProps {
  error: Error | null | undefined;
  /** What a `not_found` means here. */
  notFound?: string;
}

/** Read aloud as soon as it is shown. */
export function ErrorText({ error, notFound }: ErrorTextProps) {
  const { danger } = useTheme();
  if (!error) return null;
  return (
    <Text role="alert" aria-live="assertive" style={[styles.body, { color: danger }]}>
      {problemText(error, notFound)}
    </Text>
  );
}

/** Changes of it are read aloud. Show it also while it is empty: a browser announces only changes of what it has seen. */
export function Status({ children }: { children?: ReactNode }) {
  return (
    <Body role="status" aria-live="polite">
      {children}
    </Body>
  );
}

/** A paragraph with the direction of its first letter instead of the app's. */
export const asWritten = { writingDirection: 'auto' } as const;

const styles = StyleSheet.create({
  heading: { fontSize: fontSize(26), fontWeight: '700', flexShrink: 1, ...asWritten },
  title: { fontSize: fontSize(20), fontWeight: '700', writingDirection: direction },
  body: { fontSize: fontSize(16), lineHeight: fontSize(22), writingDirection: direction },
  name: { fontWeight: '600' },
});
