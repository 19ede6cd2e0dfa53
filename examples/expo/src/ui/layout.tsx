import type { ReactNode, Ref } from 'react';
import { StyleSheet, View, type ViewProps } from 'react-native';
import { FOCUSABLE } from './focus';
import { useTheme } from './theme';

type CardProps = Pick<ViewProps, 'role' | 'aria-label'> & {
  /** For `focusOn()`. */
  ref?: Ref<View>;
  children: ReactNode;
};

export function Card({ ref, ...props }: CardProps) {
  const { card, border } = useTheme();
  const colors = { backgroundColor: card, borderColor: border };
  return <View ref={ref} {...(ref && FOCUSABLE)} style={[styles.card, colors]} {...props} />;
}

/** Buttons beside each other; on a narrow screen below each other. */
export function Row({ children }: { children: ReactNode }) {
  return <View style={styles.row}>{children}</View>;
}

const styles = StyleSheet.create({
  card: { padding: 16, gap: 8, borderWidth: 1, borderRadius: 16 },
  row: { flexDirection: 'row', flexWrap: 'wrap', gap: 8 },
});
