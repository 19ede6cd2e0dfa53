import type { ReactNode } from 'react';
import { StyleSheet, Text, type TextProps } from 'react-native';
import { ProblemError } from '@lockin/sdk';
import { texts } from '../texts';
import { useTheme } from './theme';

export function Title({ children }: { children: ReactNode }) {
  const { text } = useTheme();
  return (
    <Text role="heading" style={[styles.title, { color: text }]}>
      {children}
    </Text>
  );
}

export function Body({ muted = false, style, ...props }: TextProps & { muted?: boolean }) {
  const theme = useTheme();
  return <Text style={[styles.body, { color: muted ? theme.muted : theme.text }, style]} {...props} />;
}

/** What somebody has written. A paragraph of its own takes the direction of its first letter. */
export function Name({ children }: { children: string | null | undefined }) {
  return <Body style={styles.name}>{children ?? texts.nobody}</Body>;
}

/** The API's own sentence if it responded. Read aloud as soon as it is shown. */
export function ErrorText({ error }: { error: Error | null | undefined }) {
  const { danger } = useTheme();
  if (!error) return null;
  return (
    <Text role="alert" aria-live="assertive" style={[styles.body, { color: danger }]}>
      {error instanceof ProblemError ? error.message : texts.unreachable}
    </Text>
  );
}

/** A change that is read aloud when it is shown. */
export function Status({ children }: { children: ReactNode }) {
  return (
    <Body muted role="status" aria-live="polite">
      {children}
    </Body>
  );
}

const styles = StyleSheet.create({
  title: { fontSize: 22, fontWeight: '700' },
  body: { fontSize: 16, lineHeight: 22 },
  name: { fontWeight: '600', writingDirection: 'auto' },
});
